/** What a secret looks like, whoever made it. */
const patterns: ReadonlyArray<RegExp> = [
  /itsm_[a-z]{2}_[\w-]{20}/,
  /eyJ[\w-]{10,}\.[\w-]{10}/,
  /\bBearer +[\w.~+/-]{12}/i,
  /\$argon2/,
  /hash-canary/,
  /PRIVATE KEY/,
  // but for the form of one that a mistake in the settings explains
  /\b[a-z]+:\/\/(?!user:password@)[^\s:@/"]+:[^\s:@/"]+@/i,
  /otpauth:/
]

/**
 * What differs from line to line and is no secret: times, numbers, and the ids of requests, which callers choose, and some
 * tests choose what they send as a password, too. Without them most of a long log is a few lines.
 */
const passing = /"(?:requestId|time)":"[^"]*"|:-?\d+(?:\.\d+)?(?=[,}])/g

/** The lines of a log in which a secret stands, or something that looks like one, with what was found in them. */
export const leaksIn = (
  log: string,
  secrets: Iterable<string>
): ReadonlyArray<{ readonly found: string; readonly line: string }> => {
  // the ids are looked through for what looks like a secret, but not for the secrets of the tests
  const told = [...new Set(log.split("\n").map((line) => line.replaceAll(passing, "")))].join("\n")
  const leaks: Array<{ readonly found: string; readonly line: string }> = []
  const look = (found: string, text: string, at: number) => {
    if (at < 0) return
    const end = text.indexOf("\n", at)
    leaks.push({ found, line: text.slice(text.lastIndexOf("\n", at) + 1, end < 0 ? text.length : end) })
  }
  for (const pattern of patterns) look(String(pattern), log, log.search(pattern))
  for (const secret of secrets) {
    // as it stands, and as it is written inside a text of JSON
    look(secret, told, told.indexOf(secret))
    const written = JSON.stringify(secret).slice(1, -1)
    if (written !== secret) look(secret, told, told.indexOf(written))
  }
  return leaks
}
