import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { compress } from './build/compress.ts'
import { licences } from './build/licences.ts'
import { precache } from './build/precache.ts'
import { wasmFiles } from './build/wasm.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

const LICENCES = 'assets/licences.txt'

export default defineConfig({
  base: '/',
  plugins: [vue(), wasmFiles(), licences(LICENCES), precache(), compress()],
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
  },
  build: {
    outDir: here('../server/static/app'),
    emptyOutDir: true,
    // Chrome 94's syntax; below 98 the bundler rewrites class fields, which costs the form engine a tenth of its start.
    target: 'chrome98',
    assetsInlineLimit: 0,
    license: { fileName: LICENCES },
    // The form engine with its WASM is one module of about 1 MB; it loads when the first form is opened.
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: here('index.html'), sw: here('src/sw/sw.ts') },
      // The engine's WASM loader holds an `eval` that is never reached (WEBFORMS §7); the CSP would stop it anyway.
      checks: { eval: false },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    proxy: { '/v1': process.env.POKJA_SERVER ?? 'http://127.0.0.1:8000' },
  },
})
