/** `durable`: an acknowledged commit survives a power cut. `throwaway`: for tests, whose data nobody wants back. */
export type Durability = 'durable' | 'throwaway'

/**
 * postgresql.conf. Sized for one small machine with many short statements; whoever needs more sets DATABASE_URL.
 * The first line takes what initdb found out about this machine (the kind of shared memory it offers).
 */
export function serverSettings(socketFolder: string, durability: Durability): string {
  const settings: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: socketFolder,
    unix_socket_permissions: '0700',
    max_connections: '40',
    shared_buffers: '256MB',
    wal_buffers: '16MB',
    max_wal_size: '2GB',
    jit: 'off',
    // Parallel plans need /dev/shm, which containers keep small, and gain nothing for statements of one row.
    max_parallel_workers_per_gather: '0',
    synchronous_commit: 'on',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A statement that fails is the caller's to report, and a logged statement would show user data.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    log_line_prefix: '',
    lc_messages: 'C',
    ...(durability === 'throwaway'
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', shared_buffers: '64MB' }
      : {}),
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
  return ["include 'data/postgresql.conf'", ...lines, ''].join('\n')
}

/** pg_hba.conf: only the socket, only with a password. */
export const hostBasedAccess = 'local all all scram-sha-256\n'
