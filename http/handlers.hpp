// http/handlers.hpp - what each call does. A handler answers through the session, or gives it a Work that will.
//
// REQUIRES: the route fits, the log exists, and the request is whole.
#pragma once

namespace hansard::http {

class Session;

void handle_append(Session& session);     // append_handler.cpp
void handle_batch(Session& session);      // append_handler.cpp
void handle_read(Session& session);       // read_handler.cpp
void handle_entry(Session& session);      // entry_handler.cpp
void handle_key(Session& session);        // key_handler.cpp
void handle_subscribe(Session& session);  // subscription.cpp
void handle_trim(Session& session);       // operate_handler.cpp
void handle_set(Session& session);
void handle_transfer(Session& session);
void handle_exile(Session& session);
void handle_logs(Session& session);  // island_handler.cpp
void handle_log(Session& session);
void handle_government(Session& session);
void handle_healthz(Session& session);
void handle_readyz(Session& session);
void handle_version(Session& session);

}  // namespace hansard::http
