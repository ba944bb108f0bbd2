import * as humanlayer075 from 'humanlayer-0.7.5'
import * as sdk078 from 'humanlayer-sdk-0.7.8'
import * as sdk079 from 'humanlayer-sdk-0.7.9'

/** What a user of the newest SDK sees; the older ones have the same functions and know fewer members. */
export type Sdk = typeof sdk079

/** The published packages as they come from the registry, run unchanged. */
export const sdks: { name: string; sdk: Sdk }[] = [
  { name: 'humanlayer 0.7.5', sdk: humanlayer075 as unknown as Sdk },
  { name: '@humanlayer/sdk 0.7.8', sdk: sdk078 as unknown as Sdk },
  { name: '@humanlayer/sdk 0.7.9', sdk: sdk079 },
]
