export { read as readConfig, type Config } from "./config/config.ts"
export { type Extension, loadExtensions } from "./extensions.ts"
export { serve } from "./commands/serve.ts"
