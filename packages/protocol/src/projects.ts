/** Projects: a named set of files that belongs to one user, who may let others in. */
import { z } from 'zod'
import { pageOf } from './pages.ts'

export const projectNameLimit = 120

export const ProjectId = z.uuid().describe('The project')

/** What a person may do: an owner everything, an editor write and run, a viewer look on. */
export const ProjectRole = z.enum(['owner', 'editor', 'viewer'])
export type ProjectRole = z.infer<typeof ProjectRole>

export const ProjectName = z
  .string()
  .trim()
  .min(1, 'a project needs a name')
  .max(projectNameLimit, `a project name has at most ${projectNameLimit} characters`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'a project name is one line without control characters')

/** Who may read a project without being let in, and run what is in it. Writing is for members, whatever it says. */
export const Visibility = z
  .enum(['private', 'unlisted', 'public'])
  .describe('private: its members; unlisted: whoever has its address; public: everybody, and it is listed')
export type Visibility = z.infer<typeof Visibility>

export const ProjectOrigin = z
  .object({ id: ProjectId, name: z.string() })
  .nullable()
  .describe('null: it is gone, or you may not see it')

export const Project = z
  .object({
    id: ProjectId,
    name: z.string(),
    role: ProjectRole.describe('What you may do in it'),
    isMember: z.boolean().describe('false: nobody let you in, you see it because of its visibility'),
    visibility: Visibility,
    forkOf: z.object({ origin: ProjectOrigin }).nullable().describe('null: it is no fork'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime().describe('When the project or any of its files last changed'),
  })
  .meta({ id: 'Project' })
export type Project = z.infer<typeof Project>

export const ProjectCreation = z
  .strictObject({
    name: ProjectName,
    template: z
      .string()
      .max(64)
      .optional()
      .describe('Id of a template (GET /api/v1/templates); without one the project starts empty'),
  })
  .meta({ id: 'ProjectCreation' })
export type ProjectCreation = z.infer<typeof ProjectCreation>

export const ProjectChange = z
  .strictObject({ name: ProjectName.optional(), visibility: Visibility.optional() })
  .refine(({ name, visibility }) => name !== undefined || visibility !== undefined, 'say a name, a visibility, or both')
  .meta({ id: 'ProjectChange' })
export type ProjectChange = z.infer<typeof ProjectChange>

export const ForkCreation = z
  .strictObject({ name: ProjectName.optional().describe('Without it the fork is named like its origin') })
  .meta({ id: 'ForkCreation' })
export type ForkCreation = z.infer<typeof ForkCreation>

export const ProjectPage = pageOf(Project).meta({ id: 'ProjectPage' })
export type ProjectPage = z.infer<typeof ProjectPage>

/** A ready project to start from. */
export const Template = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string(),
    language: z.string(),
    entryPoint: z.string(),
    tags: z.array(z.string()).describe('What it is about, in lower case'),
  })
  .meta({ id: 'Template' })
export type Template = z.infer<typeof Template>
/** Text files only; a template has no others. */
export const TemplateFiles = z
  .object({ template: Template, files: z.array(z.object({ path: z.string(), content: z.string() })) })
  .meta({ id: 'TemplateFiles' })
export type TemplateFiles = z.infer<typeof TemplateFiles>
export const TemplateList = z.object({ items: z.array(Template) }).meta({ id: 'TemplateList' })
export type TemplateList = z.infer<typeof TemplateList>
