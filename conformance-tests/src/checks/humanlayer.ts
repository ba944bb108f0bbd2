import type { Check } from '../check.ts'
import { humanlayerAnsweringChecks } from './humanlayer-answering.ts'
import { humanlayerBorderChecks } from './humanlayer-borders.ts'
import { humanlayerChannelChecks } from './humanlayer-channels.ts'
import { humanlayerCreatingChecks } from './humanlayer-creating.ts'
import { humanlayerCrossingChecks } from './humanlayer-crossing.ts'
import { humanlayerErrorChecks } from './humanlayer-errors.ts'
import { humanlayerEscalatingChecks } from './humanlayer-escalating.ts'
import { humanlayerListingChecks } from './humanlayer-listing.ts'
import { humanlayerRequestChecks } from './humanlayer-requests.ts'
import { humanlayerSilenceChecks } from './humanlayer-silence.ts'

/** The HumanLayer profile: a view of the same calls, for clients that decode strictly and cannot be mended. */
export const humanlayerChecks: readonly Check[] = [
  ...humanlayerCreatingChecks,
  ...humanlayerRequestChecks,
  ...humanlayerAnsweringChecks,
  ...humanlayerSilenceChecks,
  ...humanlayerCrossingChecks,
  ...humanlayerChannelChecks,
  ...humanlayerEscalatingChecks,
  ...humanlayerListingChecks,
  ...humanlayerErrorChecks,
  ...humanlayerBorderChecks,
]
