import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { coming } from '../api/coming';
import { ErrorBox } from '../components/ErrorBox';
import { Door } from './Door';
import classes from './Door.module.css';
import { SignInForm } from './SignInForm';
import { sessionQuery } from './session';

const route = getRouteApi('/sign-in');

/** The page before everything else. After it, the page that was asked for. */
export function SignIn() {
  const { next, error } = route.useSearch();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const ways = useQuery({
    queryKey: ['sign-in'],
    queryFn: () => coming<{ oidc?: { name: string; url: string } | null }>('GET', '/sign-in'),
    retry: false,
  });
  const oidc = ways.data?.oidc;
  return (
    <Door title="Sign in">
      {error && <ErrorBox error={new Error(error)} title="You are not signed in" />}
      {oidc && (
        <>
          <Button size="sm" component="a" href={`${oidc.url}?next=${encodeURIComponent(next ?? '/')}`}>
            Sign in with {oidc.name}
          </Button>
          <div className={classes.or}>or</div>
        </>
      )}
      <SignInForm
        done={async (me) => {
          queries.clear();
          queries.setQueryData(sessionQuery.queryKey, me);
          await navigate({ to: next ?? '/', replace: true });
        }}
      />
    </Door>
  );
}
