import type { Exchange } from "../exchange.ts"
import { type Address, canonicalAddress, isWithin, type Network, parseAddress } from "./address.ts"

const withPort = /^(?:\[([^\]]*)\]|(\d+\.\d+\.\d+\.\d+))(?::\d{1,5})?$/

const parseHop = (text: string): Address | undefined => {
  const [, bracketed, plain] = withPort.exec(text) ?? []
  return parseAddress(bracketed ?? plain ?? text)
}

/** The hops that a `Forwarded` header names (RFC 7239), the last one that passed the request on at the end. */
const forwardedHops = (header: string): ReadonlyArray<string> =>
  header.split(",").map((element) => {
    const pair = element.split(";").find((part) => /^\s*for=/i.test(part))
    return (pair ?? "")
      .replace(/^\s*for=/i, "")
      .trim()
      .replace(/^"(.*)"$/, "$1")
  })

const hopsOf = ({ request: { headers } }: Exchange): ReadonlyArray<string> => {
  const list = headers.get("x-forwarded-for")
  if (list !== null) return list.split(",").map((hop) => hop.trim())
  const forwarded = headers.get("forwarded")
  return forwarded === null ? [] : forwardedHops(forwarded)
}

/**
 * Whom a request comes from: the peer, and behind proxies that are trusted the last address before them. What a header
 * says is believed of trusted proxies only; where it cannot be read, the peer is the caller.
 */
export const callerBehind =
  (proxies: ReadonlyArray<Network>) =>
  (exchange: Exchange): string | null => {
    const peer = exchange.incoming?.socket.remoteAddress
    const isTrusted = (address: Address) => proxies.some((network) => isWithin(address, network))
    let caller = peer === undefined || proxies.length === 0 ? undefined : parseAddress(peer)
    if (caller === undefined || !isTrusted(caller)) return canonicalAddress(peer)
    for (const hop of hopsOf(exchange).toReversed()) {
      caller = parseHop(hop)
      if (caller === undefined) return canonicalAddress(peer)
      if (!isTrusted(caller)) break
    }
    return canonicalAddress(caller.toString())
  }
