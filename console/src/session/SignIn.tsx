import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Door } from './Door';
import { goToProvider } from './provider';
import { SignInForm } from './SignInForm';
import { sessionQuery } from './session';

const route = getRouteApi('/sign-in');

/** The page before everything else. After it, the page that was asked for. */
export function SignIn() {
  const { next } = route.useSearch();
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <Door title="Sign in">
      <SignInForm
        goToProvider={() => goToProvider(next)}
        done={async (me) => {
          queries.clear();
          queries.setQueryData(sessionQuery.queryKey, me);
          await navigate({ to: next ?? '/', replace: true });
        }}
      />
    </Door>
  );
}
