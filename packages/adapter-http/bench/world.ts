/** One organization of the benchmark, and the agent in it who makes the requests. */
export interface Tenant {
  readonly id: string
  readonly agentId: string
  readonly sessionId: string
  /** The agent is in all of them. */
  readonly teamIds: ReadonlyArray<string>
  readonly requesterIds: ReadonlyArray<string>
}

/** What the load generator and the servers know of the database. */
export interface World {
  readonly tenants: ReadonlyArray<Tenant>
  readonly incidents: number
}

export const organizations = 20
export const incidents = 100_000
/** The first organization is the large one: its list has more than 1,000 pages of 25. */
export const inLargest = 50_000
export const pageSize = 25
export const deepPage = 1_000

/** The id of the incident with this number in the benchmark. */
export const incidentId = (number: number) => `00000003-0000-7000-8000-${String(number).padStart(12, "0")}`

/** Which organization the incident belongs to, from 0. */
export const tenantOf = (number: number) => (number <= inLargest ? 0 : 1 + (number % (organizations - 1)))

/** Four incidents in five are being worked on. */
export const isOpen = (number: number) => number % 5 !== 0

/** The numbers in an order that passes through all organizations. */
export const shuffled = (position: number) => 1 + ((position * 7919) % incidents)

/** A word that a hundred titles have. */
export const wordOf = (number: number) => `r${number % 1000}`
