/** Starts the app: its language, its page, then what may run in the background. */
import { createApp } from 'vue'
import App from './App.vue'
import { getSetting } from './db'
import { i18n, setLang, type Lang } from './i18n'
import * as install from './install'
import * as router from './router'
import { follow } from './store'
import * as sync from './sync'
import * as update from './update'
import './styles.css'

async function start(): Promise<void> {
  router.listen()
  install.listen()
  const lang = await getSetting('lang').catch(() => undefined)
  setLang((lang as Lang | undefined) ?? 'id')
  createApp(App).use(i18n).mount('#app')
  await follow()
  sync.start()
  await update.register()
}

void start()
