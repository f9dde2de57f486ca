/** Who may import whom. ARCHITECTURE.md gives the reasons; `npm run check` holds the rules. */

/** For each workspace, the packages of ours that it may import. Apps are imported by nobody. */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  'packages/base': [],
  'packages/protocol': ['base'],
  'packages/text': ['base'],
  'packages/sandbox': ['base'],
  'packages/storage': ['base'],
  'apps/web': ['base', 'protocol', 'text'],
  'apps/server': ['base', 'protocol', 'text', 'sandbox', 'storage'],
  'apps/cli': ['base', 'protocol'],
  // A benchmark has to reach the bare sandbox, to show what the product adds, and to type as a page does into a shared text.
  'apps/lab': ['base', 'protocol', 'sandbox', 'text'],
  journeys: ['base', 'protocol', 'storage', 'sandbox'],
  scripts: ['base', 'storage', 'sandbox'],
}

/** These also run in a browser, so nothing of Node may be in them. */
export const withoutNode: readonly string[] = ['packages/protocol', 'packages/text', 'apps/web/src']

/** The folders of apps/server/src in one line: each imports only folders that stand before it, so there are no cycles. */
export const serverLine: readonly string[] = [
  ...[
    'observe',
    'http',
    'health',
    'audit',
    'accounts',
    'quotas',
    'access',
    'projects',
    'archives',
    'sharing',
    'sockets',
    'status',
    'presence',
    'dependencies',
    'documents',
    'history',
    'git',
    'search',
    'workspaces',
  ],
  ...[
    'executions',
    'embeds',
    'terminals',
    'language-servers',
    'previews',
    'assignments',
    'compat',
    'admin',
    'pages',
    'backup',
    'roles',
  ],
]

/** Files beside those folders that know everything, and that no folder may import. */
export const serverTops: readonly string[] = ['main', 'wiring', 'doctor']

/** Only these read a variant: everywhere else it would become a second kind of setting. The doctor looks at the wall that it brings. */
export const mayReadVariants: readonly string[] = ['wiring', 'doctor', 'variants/']

/** Names that say nothing about what is in them. */
export const emptyNames: readonly string[] = [
  'utils',
  'util',
  'common',
  'helpers',
  'helper',
  'manager',
  'types',
  'misc',
  'shared',
  'lib',
]

/** Chores that turn what an app says of itself into documents. */
export const writesDocumentsFrom: Readonly<Record<string, string>> = {
  'scripts/write-settings-table.ts': 'apps/server/src/settings.ts',
}
