/** Languages as data: what they are, what each can do now, and what the sandboxes have to do for one execution. */
export { BinaryCache } from './languages/binary-cache.ts'
export { type CatalogueOptions, type CatalogueWork, LanguageCatalogue, type LanguageStatus } from './languages/catalogue.ts'
export { type LanguageDefinition, LanguageManifestError, loadLanguages } from './languages/manifest.ts'
export {
  type Availability,
  type Available,
  type ExecutionPlan,
  planExecution,
  type StagePlan,
  type Work,
} from './languages/plan.ts'
export { type LanguageProgram, loadPrograms } from './languages/programs.ts'
