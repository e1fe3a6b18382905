import type { randomFrom } from "./random.ts"
import { deepPage, incidentId, pageSize, tenantOf, wordOf, type World } from "./world.ts"

/** A request before it is written out: who asks for what. */
interface Asked {
  readonly method: "GET" | "POST"
  /** Below `/api/v1`. */
  readonly path: string
  /** Whose token it carries. */
  readonly tenant: number
  readonly body?: object
}

interface Surroundings {
  readonly world: World
  readonly random: ReturnType<typeof randomFrom>
  /** An incident that nobody has resolved. */
  readonly nextOpen: () => number
  /** An incident that nobody else is writing to just now; it may be resolved. */
  readonly nextFree: () => number
  /** Where page 1,000 begins, in the words of the server that is asked. */
  readonly deepCursor: string
}

type Line = (surroundings: Surroundings) => Asked

const anyIncident = ({ world, random }: Surroundings) => 1 + random(world.incidents)

/** Most of the filter's matches lie in the largest organization, whose list is the one with 1,000 pages. */
export const listPath = `/incidents/?priority[lte]=3&sort=-updatedAt&limit=${pageSize}`

const list: Line = () => ({ method: "GET", path: listPath, tenant: 0 })

const listDeep: Line = ({ deepCursor }) => ({ method: "GET", path: `${listPath}&cursor=${deepCursor}`, tenant: 0 })

const detail: Line = (surroundings) => {
  const number = anyIncident(surroundings)
  return { method: "GET", path: `/incidents/${incidentId(number)}/`, tenant: tenantOf(number) }
}

const search: Line = ({ world, random }) => ({
  method: "GET",
  path: `/incidents/?q=printer+${wordOf(random(world.incidents))}&limit=${pageSize}`,
  tenant: random(world.tenants.length)
})

const create: Line = ({ world, random }) => {
  const tenant = random(world.tenants.length)
  const { teamIds, requesterIds } = world.tenants[tenant]!
  return {
    method: "POST",
    path: "/incidents/",
    tenant,
    body: {
      title: `The scanner s${random(1_000_000)} does not answer`,
      description: "It was switched off and on again. The lamp stays red.",
      impact: 1 + random(3),
      urgency: 1 + random(3),
      requesterId: requesterIds[random(requesterIds.length)],
      teamId: teamIds[random(teamIds.length)]
    }
  }
}

const comment: Line = ({ nextFree }) => {
  const number = nextFree()
  return {
    method: "POST",
    path: `/incidents/${incidentId(number)}/add_comment/`,
    tenant: tenantOf(number),
    body: { body: "A technician is on the way and will be there before noon.", visibility: "public" }
  }
}

const resolve: Line = ({ nextOpen }) => {
  const number = nextOpen()
  return {
    method: "POST",
    path: `/incidents/${incidentId(number)}/resolve/`,
    tenant: tenantOf(number),
    body: { resolutionCode: "fixed", resolutionNotes: "The paper feed was cleaned and the roller replaced." }
  }
}

const shares: ReadonlyArray<readonly [below: number, line: Line]> = [
  [35, list],
  [60, detail],
  [70, search],
  [80, create],
  [90, comment],
  [100, resolve]
]

/** Seven reads to three writes. */
const mix: Line = (surroundings) => {
  const drawn = surroundings.random(100)
  return shares.find(([below]) => drawn < below)![1](surroundings)
}

export const lines = { create, list, "page-1000": listDeep, detail, comment, resolve, search, mix } as const
export type LineName = keyof typeof lines
export const lineNames = Object.keys(lines) as ReadonlyArray<LineName>

export const titles: Readonly<Record<LineName, string>> = {
  create: "create",
  list: "list, first page",
  "page-1000": `list, page ${deepPage.toLocaleString("en")}`,
  detail: "detail",
  comment: "comment",
  resolve: "resolve",
  search: "search",
  mix: "mix 70/30"
}
