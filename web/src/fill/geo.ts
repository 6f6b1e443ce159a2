/** Reads the phone's position and writes it as XForms does: `lat lon alt accuracy`. */

export interface Fix {
  text: string
  latitude: number
  longitude: number
  accuracy: number
}

export type GeoFault = 'denied' | 'unavailable' | 'unsupported' | 'timeout'

/** Without permission waiting is vain; a lost signal comes back. */
export const isFinal = (fault: GeoFault): boolean => fault === 'denied' || fault === 'unsupported'

const OPTIONS: PositionOptions = { enableHighAccuracy: true, maximumAge: 0, timeout: 60_000 }

export function fixOf({ coords }: GeolocationPosition): Fix {
  const { latitude, longitude, accuracy } = coords
  const text = [latitude.toFixed(7), longitude.toFixed(7), (coords.altitude ?? 0).toFixed(1), accuracy.toFixed(1)].join(' ')
  return { text, latitude, longitude, accuracy }
}

export function faultOf(error: GeolocationPositionError): GeoFault {
  if (error.code === error.PERMISSION_DENIED) return 'denied'
  return error.code === error.TIMEOUT ? 'timeout' : 'unavailable'
}

/** Follows the position until the returned function is called. */
export function watch(found: (fix: Fix) => void, failed: (fault: GeoFault) => void): () => void {
  if (!('geolocation' in navigator)) {
    queueMicrotask(() => failed('unsupported')) // after the caller holds the stop function
    return () => undefined
  }
  const id = navigator.geolocation.watchPosition((at) => found(fixOf(at)), (error) => failed(faultOf(error)), OPTIONS)
  return () => navigator.geolocation.clearWatch(id)
}

/** One position for forms that take it by themselves; '' when there is none, never an error. */
export function locateOnce(): Promise<string> {
  if (!('geolocation' in navigator)) return Promise.resolve('')
  return new Promise((resolve) =>
    navigator.geolocation.getCurrentPosition(
      (at) => resolve(fixOf(at).text),
      () => resolve(''),
      { ...OPTIONS, timeout: 20_000 },
    ),
  )
}
