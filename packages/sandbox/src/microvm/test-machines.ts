/** What tests of machines share: the folder of their kernel and disks, kept between runs. */
import { join } from 'node:path'

export const testAssetsFolder = process.env.ATELIER_TEST_MICROVM ?? join(import.meta.dirname, '../../../../.atelier/test-microvm')
