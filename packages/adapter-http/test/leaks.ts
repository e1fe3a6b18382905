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

const lineAt = (text: string, at: number) => {
  const end = text.indexOf("\n", at)
  return text.slice(text.lastIndexOf("\n", at) + 1, end < 0 ? text.length : end)
}

/** The lines of a log in which a secret stands, or something that looks like one, with what was found in them. */
export const leaksIn = (
  log: string,
  secrets: Iterable<string>
): ReadonlyArray<{ readonly found: string; readonly line: string }> => {
  const leaks: Array<{ readonly found: string; readonly line: string }> = []
  const look = (found: string, text: string, at: number) => {
    if (at >= 0) leaks.push({ found, line: lineAt(text, at) })
  }
  for (const pattern of patterns) look(String(pattern), log, log.search(pattern))
  // callers choose the ids of their requests, and some tests choose what they send as a password, too
  const told = log.replaceAll(/"requestId":"[^"]*"/g, "")
  for (const secret of secrets) {
    // as it stands, and as it is written inside a text of JSON
    look(secret, told, told.indexOf(secret))
    const written = JSON.stringify(secret).slice(1, -1)
    if (written !== secret) look(secret, told, told.indexOf(written))
  }
  return leaks
}
