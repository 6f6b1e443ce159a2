import { describe, expect, test } from 'vitest'
import type { Village } from '../../src/db'
import { farFrom, metresBetween, saidDistance } from '../../src/fill/near'

const village = (code: string, lat: number | null, lon: number | null): Village =>
  ({ code, name: `Desa ${code}`, subdistrict: '', subdistrictCode: '', lat, lon })
const NORTH = 1 / 111.19508 // degrees of latitude a kilometre long
const here = village('a', -2.9, 108.2)
const neighbour = village('b', -2.9 + 3 * NORTH, 108.2)

test('distances are those of the server', () => {
  expect(metresBetween({ lat: -2.87211, lon: 108.27191 }, { lat: -2.86259, lon: 108.28603 })).toBeCloseTo(1891.97, 1)
})

describe('a point is too far', () => {
  test.each<[string, Village[], number, boolean]>([
    ['inside the village', [here, neighbour], 0.4, false],
    ['nearer than the next village', [here, neighbour], 2.9, false],
    ['farther than the next village', [here, neighbour], 3.1, true],
    ['where villages lie close together, only beyond a kilometre', [here, village('c', -2.9 + 0.2 * NORTH, 108.2)], 0.9, false],
    ['where villages lie close together, beyond a kilometre', [here, village('c', -2.9 + 0.2 * NORTH, 108.2)], 1.1, true],
    ['alone on the phone, within five kilometres', [here], 4.9, false],
    ['alone on the phone, beyond five kilometres', [here, village('d', null, null)], 5.1, true],
  ])('%s', (_name, villages, km, far) => {
    expect(farFrom(villages, 'a', { lat: -2.9 + km * NORTH, lon: 108.2 }) !== null).toBe(far)
  })

  test('never for a village without a point, an unknown one or none', () => {
    const villages = [here, village('d', null, null)]
    for (const code of ['d', 'x', '']) expect(farFrom(villages, code, { lat: 0, lon: 0 })).toBeNull()
  })
})

test.each([
  [344, 'id', '340 m'],
  [2_449, 'id', '2,4 km'],
  [2_449, 'en', '2.4 km'],
  [31_800, 'id', '32 km'],
])('%d m in %s is %s', (metres, locale, said) => {
  expect(saidDistance(metres, locale)).toBe(said)
})
