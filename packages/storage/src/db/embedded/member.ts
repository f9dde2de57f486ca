import pg from 'pg'
import { memberStatements } from '../member-role.ts'

/** The role of people, which `atelier` may enter but not make. At each start: older clusters have none. */
export async function readyMember(superuserAddress: string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserAddress, connectionTimeoutMillis: 10_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = 'atelier_member'")
    if (rowCount === 0) await client.query(memberStatements('atelier_member', 'atelier'))
  } finally {
    await client.end()
  }
}
