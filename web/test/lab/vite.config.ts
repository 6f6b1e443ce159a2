import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import app from '../../vite.config'

/** The fill pages and the engine alone, for the browser tests: no service worker, no server behind it. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/',
  define: (app as { define?: Record<string, string> }).define,
  plugins: [vue()],
  build: { target: 'chrome98', assetsInlineLimit: 0, modulePreload: { polyfill: false }, emptyOutDir: true },
})
