import { queryOptions } from '@tanstack/react-query';
import { api, body } from '../api/client';
import type { SignInProvider } from '../api/schema';

/** The OpenID provider as it is set up, and what it must be told. */
export const providerQuery = queryOptions({
  queryKey: ['sign-in', 'provider'],
  queryFn: () => body(api.GET('/api/v1/sign-in/provider')),
});

/** The provider as its form holds it: without the secret, which is never read. */
export type ProviderForm = Omit<SignInProvider, 'groupsClaim'> & { groupsClaim: string | null };

/** What a form begins with. */
export function providerForm(stored: SignInProvider | null | undefined): ProviderForm {
  return {
    label: '',
    issuer: '',
    clientId: '',
    hasSecret: false,
    scopes: ['profile', 'email'],
    groupRoles: [],
    onlyOwnersUsePasswords: false,
    ...stored,
    groupsClaim: stored?.groupsClaim ?? null,
  };
}
