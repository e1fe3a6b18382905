import { catalogue, type Catalogue, type Entity } from "@itsm/core"
import { origin, page } from "./markdown.ts"

/** The entities of a module, with and without operations. */
export const entitiesOf = (module: Catalogue.Module): ReadonlyArray<Entity.AnyEntity> => [
  ...(module.entities ?? []),
  ...module.services.map(({ entity }) => entity)
]

/** The entities that no module has: those of the kernel. */
export const kernelEntities = (): ReadonlyArray<Entity.AnyEntity> => {
  const owned = new Set(catalogue.modules.flatMap(entitiesOf))
  return [...catalogue.entities.values()].filter((entity) => !owned.has(entity))
}

/** A document by the path of its file below the folder of generated documents. */
export type Documents = Readonly<Record<string, () => string>>

/** A page that says what its pages say, and links to them: `permissions.md` to those of the folder `permissions`. */
export const indexed = (name: string, title: string, about: string, pages: Documents): Documents => ({
  [`${name}.md`]: () =>
    page(
      `# ${title}`,
      origin,
      about,
      Object.keys(pages)
        .map((path) => `- [${/([^/.]+)\.\w+$/.exec(path)![1]}](${path})`)
        .join("\n")
    ),
  ...pages
})
