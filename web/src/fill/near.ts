/** How far a captured point lies from the village it is said to be in: worth a word when too far (DOMAIN §5.1). */
import type { Village } from '../db'

const EARTH = 6_371_008.8 // mean radius in metres (IUGG), as on the server
/** No village is so small that a point this near is worth a warning. */
const LEAST = 1_000
/** How wide a village is taken to be when no neighbour tells. */
const ALONE = 5_000

type Point = { lat: number; lon: number }

/** Metres along the great circle. */
export function metresBetween(a: Point, b: Point): number {
  const rad = Math.PI / 180
  const lat = Math.sin(((b.lat - a.lat) * rad) / 2) ** 2
  const lon = Math.sin(((b.lon - a.lon) * rad) / 2) ** 2
  return 2 * EARTH * Math.asin(Math.sqrt(lat + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * lon))
}

const pointOf = ({ lat, lon }: Village): Point[] => (lat === null || lon === null ? [] : [{ lat, lon }])

/** The village and its distance when the point lies beyond the village's nearest neighbour; null when all is well. */
export function farFrom(villages: readonly Village[], code: string, at: Point): { village: string; metres: number } | null {
  const village = villages.find((one) => one.code === code)
  const [centre] = village ? pointOf(village) : []
  if (!village || !centre) return null
  const others = villages.filter((one) => one.code !== code).flatMap(pointOf)
  const width = others.length ? Math.min(...others.map((other) => metresBetween(centre, other))) : ALONE
  const metres = metresBetween(centre, at)
  return metres > Math.max(width, LEAST) ? { village: village.name, metres } : null
}

/** A distance as people say it: 340 m, 2,4 km, 32 km. */
export function saidDistance(metres: number, locale: string): string {
  if (metres < 1_000) return `${Math.round(metres / 10) * 10} m`
  const digits = metres < 9_950 ? 1 : 0
  return `${(metres / 1000).toLocaleString(locale, { maximumFractionDigits: digits })} km`
}
