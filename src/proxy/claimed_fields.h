// Fields by which a client could claim to be somebody, to come from elsewhere, or to have been checked by us.
#pragma once

#include "base/bytes.h"

namespace gatehouse::proxy {

/// claims_identity says whether a request field of this name tells services who calls, for which tenant, from
/// where, or that the request is another one (X-User, X-Tenant-Id, X-Forwarded-*, X-HTTP-Method-Override). A
/// client's are never passed on. In any case and with any separator: to CGI, WSGI and PHP X_User and X.User are
/// X-User.
bool claims_identity(ByteView name);

/// is_plain_name says whether a field name has only letters, digits and '-': any other byte may be read as '-'
/// by who maps names to variables, and make it another field than was judged.
bool is_plain_name(ByteView name);

}  // namespace gatehouse::proxy
