-- The clock that all instants of the ledger were taken by.
SELECT clock_timestamp();
