import type { FastifySchemaCompiler } from 'fastify'
import { validatorCompiler } from 'fastify-type-provider-zod'

/**
 * Leaves the body to the handler, which reads it as the command line does and names all that is wrong with it at once; its
 * schema is there to be described. Everything else is checked as usual.
 */
export const bodyToHandler: FastifySchemaCompiler<unknown> = (route) =>
  route.httpPart === 'body'
    ? (value: unknown) => ({ value })
    : validatorCompiler(route as Parameters<typeof validatorCompiler>[0])
