import { Registry } from 'prom-client'

/** The one registry; every metric is declared at the top of the file that moves it, on this registry. */
export const registry = new Registry()
