import { createHmac, randomBytes } from 'node:crypto'

/** A new signing secret: 256 random bits, as Standard Webhooks writes them. */
export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(32).toString('base64')}`
}

/** The value of `webhook-signature`: one signature for each secret that is valid. */
export function sign(
  message: { id: string; timestamp: number; body: string },
  secrets: readonly string[],
): string {
  const signed = `${message.id}.${message.timestamp}.${message.body}`
  return secrets
    .map((secret) => Buffer.from(secret.slice(PREFIX.length), 'base64'))
    .map((key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
    .join(' ')
}

const PREFIX = 'whsec_'
