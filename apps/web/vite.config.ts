/**
 * Builds the page in one run: hashed assets for the browser, `server/page.js` that renders the first response, a list of what
 * to preload, and compressed twins of every asset (Brotli and gzip), so that the server never compresses a script while somebody waits.
 */
import { resolve } from 'node:path'
import react from '@vitejs/plugin-react'
import { build, defineConfig, type Plugin } from 'vite'
import { compressAssets } from './build/compress.ts'
import { checkOnlyOnce } from './build/only-once.ts'
import { listPageAssets } from './build/page-assets.ts'
import { pureSchemas, schemaTreeshake } from './build/pure-schemas.ts'

const root = import.meta.dirname

const finishPage = (): Plugin => {
  let dist = ''
  return {
    name: 'atelier-finish-page',
    configResolved: (config) => {
      dist = resolve(root, config.build.outDir)
    },
    apply: 'build',
    generateBundle(_options, bundle) {
      checkOnlyOnce(bundle, 'yjs')
      this.emitFile({ type: 'asset', fileName: 'page-assets.json', source: JSON.stringify(listPageAssets(bundle), null, 2) })
    },
    async closeBundle(error) {
      if (error !== undefined) return
      await build({
        configFile: false,
        root,
        publicDir: false,
        logLevel: 'warn',
        plugins: [react(), pureSchemas()],
        build: {
          ssr: 'src/page.tsx',
          outDir: resolve(dist, 'server'),
          emptyOutDir: true,
          copyPublicDir: false,
          minify: false,
          rolldownOptions: { output: { entryFileNames: 'page.js' }, treeshake: schemaTreeshake },
        },
        define: { 'process.env.NODE_ENV': '"production"' },
        ssr: { noExternal: true },
      })
      await compressAssets(dist)
    },
  }
}

export default defineConfig({
  root,
  base: '/',
  logLevel: 'warn',
  plugins: [react(), pureSchemas(), finishPage()],
  worker: { format: 'es' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 5000,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: { main: resolve(root, 'src/main.tsx'), embed: resolve(root, 'src/embed/main.ts') },
      treeshake: schemaTreeshake,
    },
  },
})
