-- Names the role and the database in the sentence that tells the operator what to grant.
SELECT current_user AS role, current_database() AS database;
