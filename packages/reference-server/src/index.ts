export { openStore, startServer, ListenError, type RunningServer } from './main.ts'
export {
  readConfigurationFile,
  readDirectories,
  readSettings,
  settingDefinitions,
  SettingError,
  type Settings,
} from './settings.ts'
export { dryRunPolicies, type DryRun } from './routing/dry-run.ts'
export { directoryOf, NO_DIRECTORIES, readRouting, type Directories } from './routing/configuration.ts'
export { DEFAULT_PROJECT, ensureFirstKeys, keysFromEnvironment, type FirstKeys } from './first-keys.ts'
export { insertBearerKey, newSecret, type KeyWish } from './bearer-key.ts'
export { DatabaseUnusable, type Store } from './store/store.ts'
export { VERSION } from './version.ts'
