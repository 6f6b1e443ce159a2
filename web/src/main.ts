/** Starts the app: language, router, page. */
import { createApp } from 'vue'
import App from './App.vue'
import { getSetting } from './db'
import { i18n, setLang, type Lang } from './i18n'
import { listen } from './router'
import './styles.css'

async function start(): Promise<void> {
  const lang = await getSetting('lang').catch(() => undefined)
  setLang((lang as Lang | undefined) ?? 'id')
  listen()
  createApp(App).use(i18n).mount('#app')
}

void start()
