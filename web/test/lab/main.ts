/** Puts the engine on `window.lab` for the browser tests, and mounts the fill pages by address. */
import * as engine from '../../src/engine'

export interface Lab {
  engine: typeof engine
}

;(window as unknown as { lab: Lab }).lab = { engine }
