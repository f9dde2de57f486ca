import type { Log } from '@atelier/base/log'
import pg from 'pg'
import { memberFunctions, memberRights } from './member-rights.ts'

/**
 * The role that statements run under when they have an asking user: it owns nothing, cannot sign in, and sees of each table the rows
 * that the policies of migration 0012 leave to that user.
 *
 * Roles belong to the whole PostgreSQL, not to a database: the name is the owner's with `_member` behind it, so that two Ateliers with
 * logins of their own on one PostgreSQL never meet in one role.
 */
export type SecondWall =
  | { readonly role: string }
  /** Why statements run as the owner, whom row security does not hold for, and what a host does about it. */
  | { readonly role: null; readonly why: string; readonly remedy: string }

/** Makes the role, when it may, and gives it its rights. Done again it changes nothing; several servers may do it at once. */
export async function raiseSecondWall(connectionString: string): Promise<SecondWall> {
  const client = new pg.Client({ connectionString, application_name: 'atelier second wall', connectionTimeoutMillis: 10_000 })
  // Its loss also rejects the statement under way.
  client.on('error', () => {})
  await client.connect()
  try {
    const found = await lookAtMember(client)
    const ready = found.exists ? found : await createMember(client, found)
    const fault = faultOf(ready)
    if (fault !== null) return { role: null, ...fault }
    await giveRights(client, ready.role)
    return { role: ready.role }
  } finally {
    await client.end()
  }
}

/** The same without changing anything, for the doctor. */
export async function examineSecondWall(connectionString: string): Promise<SecondWall> {
  const client = new pg.Client({ connectionString, application_name: 'atelier doctor', connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    const found = await lookAtMember(client)
    const fault = found.exists || !found.mayCreate ? faultOf(found) : null
    return fault === null ? { role: found.role } : { role: null, ...fault }
  } finally {
    await client.end()
  }
}

/** For the log at the start: without the wall the first one, the conditions in the statements, stands alone. */
export function tellOfSecondWall(wall: SecondWall, log: Log): void {
  if (wall.role === null) log.warn('no second wall: row security is not in force', { why: wall.why, remedy: wall.remedy })
  else log.info('row security in force', { role: wall.role })
}

type Found = {
  readonly owner: string
  readonly role: string
  readonly exists: boolean
  readonly mayCreate: boolean
  readonly mayEnter: boolean
  readonly isPowerful: boolean
}

/** In PostgreSQL 16 and later to be a member of a role and to be allowed to enter it are two things. */
async function lookAtMember(client: pg.Client): Promise<Found> {
  const { rows } = await client.query<Found & { modern: boolean }>(
    `SELECT current_user AS owner, n.role, m.oid IS NOT NULL AS exists, me.rolsuper OR me.rolcreaterole AS "mayCreate",
            coalesce(m.rolsuper OR m.rolbypassrls OR m.rolcanlogin OR pg_has_role(m.oid, me.oid, 'MEMBER'), false) AS "isPowerful",
            coalesce(pg_has_role(me.oid, m.oid, CASE WHEN current_setting('server_version_num')::int >= 160000
                                                     THEN 'SET' ELSE 'MEMBER' END), false) AS "mayEnter"
       FROM pg_roles me, LATERAL (SELECT left(me.rolname, 56) || '_member' AS role) n LEFT JOIN pg_roles m ON m.rolname = n.role
      WHERE me.rolname = current_user`,
  )
  const found = rows[0]
  if (found === undefined) throw new Error('PostgreSQL does not know who is connected')
  return found
}

const alreadyThere = ['42710', '23505', 'XX000']

async function createMember(client: pg.Client, { role, mayCreate }: Found): Promise<Found> {
  if (!mayCreate) return await lookAtMember(client)
  try {
    await client.query(memberStatements(role, 'CURRENT_USER'))
  } catch (error) {
    // Another server was faster, in this database or in another of this PostgreSQL.
    if (!alreadyThere.includes((error as { code?: string }).code ?? '')) throw error
  }
  return await lookAtMember(client)
}

/** Two statements that make the role; also what a host is told to run. */
export const memberStatements = (role: string, owner: string): string =>
  `CREATE ROLE ${pg.escapeIdentifier(role)} NOLOGIN; GRANT ${pg.escapeIdentifier(role)} TO ${owner}`

function faultOf({ owner, role, exists, mayEnter, isPowerful }: Found): { why: string; remedy: string } | null {
  const asSuperuser = 'As a superuser of that PostgreSQL: '
  if (!exists)
    return {
      why: `the user "${owner}" of the database may not create the role "${role}", under which statements of people run`,
      remedy: `${asSuperuser}${memberStatements(role, pg.escapeIdentifier(owner))}; then start again.`,
    }
  if (isPowerful)
    return {
      why: `the role "${role}" may sign in, is above row security, or is a member of the tables' owner`,
      remedy: `${asSuperuser}ALTER ROLE ${pg.escapeIdentifier(role)} NOLOGIN NOSUPERUSER NOBYPASSRLS; REVOKE ${pg.escapeIdentifier(owner)} FROM ${pg.escapeIdentifier(role)}; then start again.`,
    }
  if (!mayEnter)
    return {
      why: `the user "${owner}" of the database may not enter the role "${role}"`,
      remedy: `${asSuperuser}GRANT ${pg.escapeIdentifier(role)} TO ${pg.escapeIdentifier(owner)}; then start again.`,
    }
  return null
}

/** Any constant: it only has to be the same in every Atelier that shares a database. */
const lockKey = 0x77_61_6c_6c

/** Exactly these: what an earlier version gave beside them is taken back. */
async function giveRights(client: pg.Client, name: string): Promise<void> {
  const role = pg.escapeIdentifier(name)
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::text::regnamespace AND relkind IN ('r', 'p')
     UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::text::regnamespace`,
  )
  const there = new Set(rows.map((row) => row.name))
  const grants = [
    ...Object.entries(memberRights)
      .filter(([table]) => there.has(table))
      .map(([table, rights]) => `GRANT ${rights} ON ${table} TO ${role}`),
    ...memberFunctions
      .filter((each) => there.has(each.slice(0, each.indexOf('('))))
      .map((each) => `GRANT EXECUTE ON FUNCTION ${each} TO ${role}`),
  ]
  await client.query(
    `BEGIN; SELECT pg_advisory_xact_lock(${lockKey});
     DO $$ BEGIN
       EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), ${pg.escapeLiteral(name)});
       EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', current_schema(), ${pg.escapeLiteral(name)});
     END $$;
     ${grants.join(';\n')}; COMMIT`,
  )
}
