/** The runsc that tests use: fetched once into a folder that is kept between runs, however many tests ask for it at once. */
import { join } from 'node:path'

/** ATELIER_TEST_GVISOR names another folder, for a CI that keeps it between machines. */
export const testGvisorFolder = process.env.ATELIER_TEST_GVISOR ?? join(import.meta.dirname, '../../../../.atelier/test-gvisor')
