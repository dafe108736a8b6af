import { api } from './client';

/**
 * A call to a part of the API that is agreed and has not landed in `openapi.json` yet. Typed by hand where it is used;
 * it goes when the description knows the path.
 */
export async function coming<T>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<T> {
  const { data } = await api.request(method.toLowerCase() as never, `/api/v1${path}` as never, { body } as never);
  return data as T;
}
