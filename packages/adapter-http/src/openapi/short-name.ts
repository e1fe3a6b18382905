/** A name for a component that is told apart by what it holds: the same each time, whatever else is in the document. */
export const shortName = (beginning: string, content: unknown): string => {
  let hash = 0x811c9dc5 // FNV-1a
  for (const char of JSON.stringify(content)) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193) >>> 0
  return `${beginning}.${hash.toString(36).slice(-5)}`
}
