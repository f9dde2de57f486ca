/** A text as a QR code: one SVG path, a square per dark module. Loaded when somebody wants to see it. */
import qrcode from 'qrcode-generator'

/** Modules of white around it, as the standard wants. */
const quietModules = 4

export type QrCode = { readonly path: string; readonly size: number }

export function qrCodeOf(text: string): QrCode {
  const code = qrcode(0, 'M')
  code.addData(text)
  code.make()
  const count = code.getModuleCount()
  let path = ''
  for (let row = 0; row < count; row += 1)
    for (let column = 0; column < count; column += 1)
      if (code.isDark(row, column)) path += `M${column + quietModules} ${row + quietModules}h1v1h-1z`
  return { path, size: count + 2 * quietModules }
}
