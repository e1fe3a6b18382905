// Loaded into each server before anything else: tells the benchmark what the process has used.
export interface Usage {
  /** User and system time since the process began, in microseconds. */
  readonly cpu: number
  readonly rss: number
}

process.on("message", (message) => {
  if (message !== "usage") return
  const { user, system } = process.cpuUsage()
  process.send!({ cpu: user + system, rss: process.memoryUsage.rss() } satisfies Usage)
})
process.channel?.unref()
