/** What a secret looks like, whoever made it. */
const patterns: ReadonlyArray<RegExp> = [
  /itsm_[a-z]{2}_[\w-]{20}/,
  /eyJ[\w-]{10,}\.[\w-]{10}/,
  /\bBearer +[\w.~+/-]{12}/i,
  /\$argon2/,
  /hash-canary/,
  /PRIVATE KEY/,
  /\b[a-z]+:\/\/[^\s:@/"]+:[^\s:@/"]+@/i,
  /otpauth:/
]

/** The lines of a log in which a secret stands, or something that looks like one, with what was found in them. */
export const leaksIn = (
  log: string,
  secrets: Iterable<string>
): ReadonlyArray<{ readonly found: string; readonly line: string }> => {
  const lineAt = (at: number) => {
    const end = log.indexOf("\n", at)
    return log.slice(log.lastIndexOf("\n", at) + 1, end < 0 ? log.length : end)
  }
  const leaks: Array<{ readonly found: string; readonly line: string }> = []
  const look = (found: string, at: number) => {
    if (at >= 0) leaks.push({ found, line: lineAt(at) })
  }
  for (const pattern of patterns) look(String(pattern), log.search(pattern))
  for (const secret of secrets) {
    // as it stands, and as it is written inside a text of JSON
    look(secret, log.indexOf(secret))
    const written = JSON.stringify(secret).slice(1, -1)
    if (written !== secret) look(secret, log.indexOf(written))
  }
  return leaks
}
