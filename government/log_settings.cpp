#include "government/log_settings.hpp"

#include "log/codec.hpp"

namespace hansard {

namespace {

constexpr std::uint8_t version = 1;

}  // namespace

const char* fault(const LogSettings& settings) {
  using Limits = LogSettingsLimits;
  if (settings.max_entry_bytes == 0 || settings.max_entry_bytes > Limits::entry_bytes_max) {
    return "max_entry_bytes is from 1 byte to 8 MiB";
  }
  if (settings.idempotency_keys == 0 || settings.idempotency_keys > Limits::keys_max) {
    return "idempotency_keys is from 1 to 1000000";
  }
  if (settings.idempotency_window_us < Limits::window_us_min ||
      settings.idempotency_window_us > Limits::window_us_max) {
    return "idempotency_window is from 1 s to 7 days";
  }
  if (settings.max_age_us != 0 && settings.max_age_us < Limits::age_us_min) return "max_age is 1 s at least";
  return nullptr;
}

LogSettings LogSettingsChange::applied_to(LogSettings settings) const {
  const auto put = [](auto& value, const auto& wanted) {
    if (wanted) value = *wanted;
  };
  put(settings.max_entry_bytes, max_entry_bytes);
  put(settings.idempotency_keys, idempotency_keys);
  put(settings.idempotency_window_us, idempotency_window_us);
  put(settings.max_entries, max_entries);
  put(settings.max_bytes, max_bytes);
  put(settings.max_age_us, max_age_us);
  return settings;
}

LogSettingsChange change_to(const LogSettings& settings) {
  return {settings.max_entry_bytes, settings.idempotency_keys, settings.idempotency_window_us,
          settings.max_entries,     settings.max_bytes,        settings.max_age_us};
}

std::string encode(const LogSettings& settings) {
  std::string out;
  Encoder writer{out};
  writer.byte(version);
  writer.number(settings.max_entry_bytes);
  writer.number(settings.idempotency_keys);
  writer.signed_number(settings.idempotency_window_us);
  writer.number(settings.max_entries);
  writer.number(settings.max_bytes);
  writer.signed_number(settings.max_age_us);
  return out;
}

Result<LogSettings> decode_log_settings(std::string_view bytes) {
  Decoder reader{bytes};
  const std::uint8_t found = reader.byte();
  if (!reader.failed() && found != version) {
    return Error{Errc::unsupported, "settings of a log: format version " + std::to_string(found)};
  }
  LogSettings settings;
  settings.max_entry_bytes = reader.number();
  settings.idempotency_keys = reader.number();
  settings.idempotency_window_us = reader.signed_number();
  settings.max_entries = reader.number();
  settings.max_bytes = reader.number();
  settings.max_age_us = reader.signed_number();
  if (!reader.finished()) return Error{Errc::corrupt, "settings of a log: malformed"};
  if (const char* wrong = fault(settings)) return Error{Errc::corrupt, std::string("settings of a log: ") + wrong};
  return settings;
}

}  // namespace hansard
