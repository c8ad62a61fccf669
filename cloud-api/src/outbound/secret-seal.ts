/** Keeps the secrets of endpoints in the database so that the database alone does not give them away. */
export interface SecretSeal {
  /** @param of the endpoint it belongs to: it opens for that one only */
  close(secret: string, of: string): string;
  /** Undefined when it was closed by another seal, for something else, or changed since. */
  open(sealed: string, of: string): string | undefined;
}
