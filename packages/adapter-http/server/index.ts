export { read as readConfig, type Config } from "./config/config.ts"
export { serve } from "./commands/serve.ts"
