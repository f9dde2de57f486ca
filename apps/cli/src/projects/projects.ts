/** `atelier projects`: list, create, delete. */
import { Project, ProjectPage } from '@atelier/protocol/projects'
import type { Server } from '../server/server.ts'
import { openSession } from '../server/session.ts'
import { type Surroundings, say } from '../surroundings.ts'
import { printable, tableOf } from '../table.ts'

export async function listProjects(
  server: Server,
  surroundings: Surroundings,
  { json = false }: { json?: boolean },
): Promise<void> {
  await openSession(server, surroundings)
  const projects = await allProjects(server)
  if (json) return print(surroundings, projects)
  if (projects.length === 0)
    return say(
      surroundings,
      'there are no projects in this session (the page in your browser has a session of its own). Make one: atelier projects create NAME',
    )
  surroundings.stdout.write(
    tableOf(
      ['ID', 'NAME', 'CHANGED'],
      projects.map(({ id, name, updatedAt }) => [id, name, updatedAt]),
    ),
  )
}

async function allProjects(server: Server): Promise<Project[]> {
  const projects: Project[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page: ProjectPage = await server.ask(ProjectPage, `/api/v1/projects?limit=100${query}`)
    projects.push(...page.items)
    // A page that brings nothing new cannot lead on.
    cursor = page.items.length === 0 ? null : page.nextCursor
  } while (cursor !== null)
  return projects
}

export async function createProject(
  server: Server,
  surroundings: Surroundings,
  name: string,
  { template, json = false }: { template?: string; json?: boolean },
): Promise<void> {
  await openSession(server, surroundings)
  const project = await server.ask(Project, '/api/v1/projects', {
    method: 'POST',
    json: { name, ...(template === undefined ? {} : { template }) },
  })
  if (json) return print(surroundings, project)
  surroundings.stdout.write(`${project.id}\n`)
}

export async function deleteProject(server: Server, surroundings: Surroundings, id: string): Promise<void> {
  await openSession(server, surroundings)
  const path = `/api/v1/projects/${encodeURIComponent(id)}`
  const { name } = await server.ask(Project, path)
  await server.send(path, { method: 'DELETE' })
  say(surroundings, `the project "${printable(name)}" is deleted.`)
}

const print = (surroundings: Surroundings, value: unknown): void => {
  surroundings.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}
