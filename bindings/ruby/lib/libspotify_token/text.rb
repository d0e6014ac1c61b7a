# frozen_string_literal: true

require "ffi"

module SpotifyToken
  # Text of the library, which is UTF-8 without a NUL character.
  module Text
    extend FFI::DataConverter
    native_type FFI::Type::STRING

    def self.to_native(value, _context)
      text = value&.encode(Encoding::UTF_8)
      raise Error.new(INVALID_ARGUMENT, "the text contains a NUL character. Remove it") if text&.include?("\0")

      text
    rescue EncodingError => e
      raise Error.new(INVALID_ARGUMENT, "the text has no UTF-8: #{e.message}. Check its encoding")
    end

    def self.from_native(value, _context)
      value&.force_encoding(Encoding::UTF_8)
    end
  end
end
