/** Reads a QR code with the camera, where the browser has a detector of its own. */

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>
}

type DetectorClass = new (options: { formats: string[] }) => Detector

const detectorClass = (): DetectorClass | undefined => (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector

export const canScan = (): boolean => detectorClass() !== undefined && navigator.mediaDevices !== undefined

const PAUSE = 200

/** Shows the camera in `video` until a code is read or `signal` ends it (undefined); raises when there is no camera. */
export async function scan(video: HTMLVideoElement, signal: AbortSignal): Promise<string | undefined> {
  const Class = detectorClass()
  if (!Class) throw new Error('no BarcodeDetector')
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
  try {
    const detector = new Class({ formats: ['qr_code'] })
    video.srcObject = stream
    await video.play()
    while (!signal.aborted) {
      const [code] = await detector.detect(video).catch(() => [])
      if (code) return code.rawValue
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
    return undefined
  } finally {
    for (const track of stream.getTracks()) track.stop()
    video.srcObject = null
  }
}
