/** The secret in the one `Authorization` header of a request; undefined when there is none, or another scheme. */
export function bearerSecret(authorization: string | null | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1]
}
