import { isIP } from "node:net"
import ipaddr from "ipaddr.js"

export type Address = ReturnType<typeof ipaddr.process>

/** The last 32 bits as the other spelling has them: ipaddr.js takes any `::` with four numbers behind it for a mapped IPv4 address. */
const withoutDots = (text: string) =>
  text.replace(/(?<=:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...bytes: ReadonlyArray<string>) => {
    const [a, b, c, d] = bytes.map(Number) as [number, number, number, number]
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })

/** An address as a number: IPv4 also where it comes mapped into IPv6, and without a zone. `undefined` for any other text. */
export const parseAddress = (text: string): Address | undefined => {
  if (isIP(text) === 0) return undefined
  const zone = text.indexOf("%")
  return ipaddr.process(withoutDots(zone < 0 ? text : text.slice(0, zone)))
}

const textOf = (address: Address) => (address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString())

/** The one spelling of an address; `null` for what is none. */
export const canonicalAddress = (text: string | undefined): string | null => {
  const address = text === undefined ? undefined : parseAddress(text)
  return address === undefined ? null : textOf(address)
}

/** Who is counted as one caller: an IPv4 address, or the /64 of an IPv6 address, which is what one subscriber gets. */
export const bucketOf = (text: string): string => {
  const address = parseAddress(text)
  if (address === undefined) return "unknown"
  return address instanceof ipaddr.IPv6
    ? `${new ipaddr.IPv6([...address.parts.slice(0, 4), 0, 0, 0, 0]).toRFC5952String()}/64`
    : address.toString()
}

/** A network, or a single address as the network of itself. */
export type Network = readonly [address: Address, bits: number]

/** `10.0.0.0/8`, `2001:db8::/32` or an address. */
export const parseNetwork = (text: string): Network | undefined => {
  const [start = "", length, ...rest] = text.split("/")
  const address = parseAddress(start)
  if (address === undefined || rest.length > 0) return undefined
  const most = address instanceof ipaddr.IPv6 ? 128 : 32
  if (length === undefined) return [address, most]
  // a length that was written for the mapped form counts its 96 bits, too
  const bits = /^\d{1,3}$/.test(length) ? Number(length) - (most === 32 && start.includes(":") ? 96 : 0) : -1
  return bits >= 0 && bits <= most ? [address, bits] : undefined
}

export const isWithin = (address: Address, [start, bits]: Network): boolean =>
  address.kind() === start.kind() && address.match(start, bits)
