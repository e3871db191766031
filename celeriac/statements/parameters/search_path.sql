-- Bare names must lead where they lead for the role that runs the statement.
SELECT set_config('search_path', :path, true)
