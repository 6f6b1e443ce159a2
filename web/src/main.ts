/** Starts the app: its language, its page, then what may run in the background. */
import { createApp } from 'vue'
import App from './App.vue'
import { getSetting } from './db'
import { setLang, type Lang } from './i18n'
import * as install from './install'
import * as router from './router'
import { follow } from './store'
import * as sync from './sync'
import * as update from './update'
import './styles.css'

/** A fault nobody caught is said on home, and stands in the console. */
function tell(fault: unknown): void {
  console.error(fault)
  sync.state.fault = fault instanceof Error ? fault.message : String(fault)
}

async function start(): Promise<void> {
  router.listen()
  install.listen()
  const lang = await getSetting('lang').catch(() => undefined)
  setLang((lang as Lang | undefined) ?? 'id')
  const app = createApp(App)
  app.config.errorHandler = tell
  addEventListener('unhandledrejection', (event) => tell(event.reason))
  app.mount('#app')
  await follow()
  sync.start()
  await update.register()
}

void start()
