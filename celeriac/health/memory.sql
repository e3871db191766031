-- What Linux tells of its memory, read through the server since a worker runs elsewhere; nothing on another system.
SELECT
    pg_read_file('/proc/meminfo', 0, 4096, true) AS machine,
    pg_read_file('/sys/fs/cgroup/memory.max', 0, 64, true) AS container;
